// Keep the current review of every submission, from the topic `reviews` alone.
//
// Usage: npm install kafkajs@2.2.4, then
//        node current_reviews.mjs BOOTSTRAP_SERVERS TOPIC
//
// Reads the topic from offset 0 to its end, then prints one JSON line for each submission. The four rules are those
// of current_reviews.py: of one `review_id` the first record counts; of one submission the higher `generation`; a
// shadow review only with the header `__reviewstream.promoted`; a review with `release` "after_approval" does not count
// from this topic. What teachers edit or reject afterwards never comes here.

import { randomUUID } from "node:crypto";
import kafkajs from "kafkajs";

const { Kafka, logLevel } = kafkajs;

const PROMOTED = "__reviewstream.promoted";

/** Take in one record; says what it was: new, regenerated, repeated, older, shadow, waiting. */
function take(current, value, headers) {
  const review = JSON.parse(value);
  if (review.replay?.is_shadow && !(PROMOTED in headers)) return "shadow";
  if (review.release === "after_approval") return "waiting";
  const submission = JSON.stringify([review.student_id, review.assignment_id, review.new_submission_id]);
  const known = current.get(submission);
  if (known?.review_id === review.review_id) return "repeated";
  if (known !== undefined && known.generation > review.generation) return "older";
  current.set(submission, review);
  return review.generation === 0 ? "new" : "regenerated";
}

/**
 * Read every record that the topic holds now. A service goes on reading, in a group with a name that stays.
 * Nobody writes reviews in transactions, so the record before the end is one, and no transaction's marker.
 */
async function readAll(kafka, topic, handle) {
  const admin = kafka.admin();
  await admin.connect();
  const places = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const ends = new Map(places.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, high]));
  if (ends.size === 0) return;
  const consumer = kafka.consumer({ groupId: `current-reviews-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  try {
    await new Promise((done, fail) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error));
      consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          handle(message);
          if (BigInt(message.offset) + 1n >= BigInt(ends.get(partition) ?? 0)) ends.delete(partition);
          if (ends.size === 0) done();
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
}

const [servers, topic] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "gradebook", brokers: servers.split(","), logLevel: logLevel.ERROR });
const current = new Map();
await readAll(kafka, topic, ({ value, headers }) => take(current, value, headers));

const byCodePoint = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));
for (const submission of [...current.keys()].sort(byCodePoint)) {
  const review = current.get(submission);
  console.log(
    JSON.stringify({
      student_id: review.student_id,
      assignment_id: review.assignment_id,
      submission_id: review.new_submission_id,
      review_id: review.review_id,
      generation: review.generation,
      overall_score: review.review_result.overall_score,
      is_regenerated: review.generation > 0,
    }),
  );
}
