import { Argument, type Command } from 'commander';

/** `qantara completion SHELL`: the script that makes a shell complete our commands, options, jobs, sessions and agents. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(scripts)))
    .description('print the completion script of a shell')
    .addHelpText(
      'after',
      `
Examples:
  qantara completion bash > ~/.local/share/bash-completion/completions/qantara
  qantara completion zsh > "\${fpath[1]}/_qantara"
  qantara completion fish > ~/.config/fish/completions/qantara.fish`,
    )
    .action((shell: keyof typeof scripts) => void process.stdout.write(scripts[shell]));
}

// The candidates come as data, one a line, and no shell evaluates them.
const scripts = {
  bash: `# bash completion of qantara
_qantara() {
  local line cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <(qantara __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _qantara qantara
`,
  zsh: `#compdef qantara
_qantara() {
  local line
  local -a words_and_about
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    local word=\${line%%$'\\t'*} about=\${line#*$'\\t'}
    words_and_about+=("\${word//:/\\\\:}\${about:+:$about}")
  done < <(qantara __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -V qantara words_and_about
}
if [ "$funcstack[1]" = _qantara ]; then _qantara "$@"; else compdef _qantara qantara; fi
`,
  fish: `# fish completion of qantara
function __qantara_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (qantara __complete $words[2..-1] 2>/dev/null)
  if test "$found" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c qantara -f -k -a '(__qantara_complete)'
`,
};
