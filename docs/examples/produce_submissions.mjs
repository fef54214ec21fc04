// Hand in submissions: one JSON document a line on stdin.
//
// Usage: npm install kafkajs@2.2.4, then
//        node produce_submissions.mjs BOOTSTRAP_SERVERS TOPIC < submissions.jsonl
//
// Prints one JSON line for each, with the partition and offset that it got. A student's history lives in one
// partition, and a record in another one than Kafka's murmur2 gives is refused: so the partitioner is named.

import { createInterface } from "node:readline";
import kafkajs from "kafkajs";

const { Kafka, Partitioners, logLevel } = kafkajs;

const [servers, topic] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "platform", brokers: servers.split(","), logLevel: logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });

await producer.connect();
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const submission = JSON.parse(line);
    const message = { key: submission.student_id, value: JSON.stringify(submission) };
    const [sent] = await producer.send({ topic, acks: -1, messages: [message] });
    console.log(
      JSON.stringify({
        submission_id: submission.submission_id,
        partition: sent.partition,
        offset: Number(sent.baseOffset),
      }),
    );
  }
} finally {
  await producer.disconnect();
}
