import { agents } from '../../../shared/agents/index.ts';
import type { Policy } from '../../../shared/policy.ts';
import type { JobDetail } from '../../../shared/wire.ts';
import type { Job } from '../../store/jobs.ts';

const camel = (name: string): string => name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());

/** The policy that a job runs under, by setting, without what concerns other agents. */
export function policyRows(job: Job): JobDetail['policy'] {
  const policy = JSON.parse(job.policy) as Policy & Record<string, unknown>;
  const ofAgents = new Map(
    agents.flatMap(({ name, settings }) =>
      (['mode', 'model', 'reasoning'] as const).map((part) => {
        const setting = settings[part];
        return [typeof setting === 'object' ? setting.name : setting, { agent: name, part }] as const;
      }),
    ),
  );
  return Object.entries(policy.origins ?? {}).flatMap(([name, origin]) => {
    const place = ofAgents.get(name);
    if (place && place.agent !== job.agent) return [];
    const value = place ? policy.agents[place.agent]?.[place.part] : policy[camel(name)];
    return [{ name, value: value ?? null, origin }];
  });
}
