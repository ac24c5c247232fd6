// Audits the server at the given address: `node run.mjs http://127.0.0.1:8000/graphql`.
// Ends with 1 unless every audit is "ok".
import { serverAudits } from 'graphql-http';

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
const count = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  count[result.status] += 1;
  if (result.status !== 'ok') {
    console.log(`${result.status}: ${audit.id} ${audit.name}: ${result.reason}`);
  }
}
console.log(JSON.stringify(count));
process.exit(count.ok > 0 && !count.notice && !count.warn && !count.error ? 0 : 1);
