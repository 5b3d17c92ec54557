/** Reads the unfinished rows of a job store and counts the others. */
import Database from 'better-sqlite3';

const db = new Database(process.argv[2], { readonly: true });
db.prepare('select * from jobs where ended_at is null order by sequence').all();
db.prepare('select count(*) from jobs').get();
db.close();
