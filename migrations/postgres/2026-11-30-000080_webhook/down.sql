DROP TABLE webhook_delivery;
DROP TABLE webhook_progress;
DROP TABLE webhook;
