// The way of a submission as a site in Node has it: express, pg, redis and ws; one INSERT, one UPDATE, and nothing for the judging.
// It speaks as much of Gavel's protocol as `gavel bench` does, so that one client measures both.
//
//   node site.mjs api | gateway | worker
//
// DATABASE_URL and REDIS_URL say where; each prints its address when it is ready.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import pg from 'pg';
import { createClient } from 'redis';
import { WebSocketServer } from 'ws';

// What Gavel has by default.
const CONNECTIONS = 16;
// Judgements that a worker has in hand at once, as many as the worker beside it has slots.
const SLOTS = 64;
const QUEUE = 'node:queue';

const redisClient = async () => createClient({ url: process.env.REDIS_URL }).connect();
const database = () => new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONNECTIONS });
const update = (submission, user, state) =>
  JSON.stringify({ type: 'update', submission, user, problem: 'aplusb', language: 'python3', state,
    verdict: state === 'done' ? 'AC' : null });

function listen(handler, name) {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1', () => console.log(`${name}: listening on http://127.0.0.1:${server.address().port}`));
  return server;
}

async function api() {
  const pool = database();
  await pool.query(`CREATE TABLE IF NOT EXISTS node_submissions (
    id UUID PRIMARY KEY, user_id TEXT NOT NULL, problem_id TEXT NOT NULL, language_id TEXT NOT NULL,
    source TEXT NOT NULL, state TEXT NOT NULL, verdict TEXT, created_at TIMESTAMPTZ NOT NULL DEFAULT now())`);
  await pool.query('CREATE INDEX IF NOT EXISTS node_by_user ON node_submissions (user_id, created_at)');
  const redis = await redisClient();
  const app = express();
  app.get('/api/v1/me', (_, response) => response.json({ open: true }));
  app.post('/api/v1/submissions', express.json(), async (request, response) => {
    const { user, problem, language, source } = request.body;
    if (![user, problem, language, source].every((field) => typeof field === 'string')) {
      return response.status(422).json({ detail: 'a field is missing' });
    }
    const id = randomUUID();
    await pool.query({
      name: 'insert',
      text: `INSERT INTO node_submissions (id, user_id, problem_id, language_id, source, state)
             VALUES ($1, $2, $3, $4, $5, 'queued')`,
      values: [id, user, problem, language, source],
    });
    redis.lPush(QUEUE, JSON.stringify({ id, user }));
    redis.publish(`node:user:${user}`, update(id, user, 'queued'));
    response.status(202).json({ id, user, problem, language, state: 'queued' });
  });
  listen(app, 'api');
}

async function worker() {
  const pool = database();
  const [popping, telling] = [await redisClient(), await redisClient()];
  const judge = async ({ id, user }) => {
    await pool.query({
      name: 'done',
      text: `UPDATE node_submissions SET state = 'done', verdict = 'AC' WHERE id = $1 AND state = 'queued'`,
      values: [id],
    });
    telling.publish(`node:user:${user}`, update(id, user, 'done'));
  };
  let running = 0;
  let freed = () => {};
  console.log('worker: started');
  for (;;) {
    if (running >= SLOTS) await new Promise((resolve) => (freed = resolve));
    const popped = await popping.brPop(QUEUE, 0);
    running += 1;
    judge(JSON.parse(popped.element)).finally(() => {
      running -= 1;
      freed();
    });
  }
}

async function gateway() {
  const followers = new Map();
  const redis = await redisClient();
  await redis.pSubscribe('node:user:*', (text, channel) => {
    for (const socket of followers.get(channel.slice('node:user:'.length)) ?? []) socket.send(text);
  });
  const server = listen((_, response) => {
    response.end(`gavel_resident_bytes ${process.memoryUsage.rss()}\n`);
  }, 'gateway');
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    const users = new Set();
    socket.send('{"type":"hello"}');
    socket.on('message', (text) => {
      const { user } = JSON.parse(text);
      users.add(user);
      if (!followers.has(user)) followers.set(user, new Set());
      followers.get(user).add(socket);
      socket.send(JSON.stringify({ type: 'snapshot', user, submissions: [] }));
    });
    socket.on('close', () => users.forEach((user) => followers.get(user).delete(socket)));
  });
}

await { api, gateway, worker }[process.argv[2]]();
