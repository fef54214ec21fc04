"""What flows through the topics, as frozen pydantic models; the JSON Schemas are generated from these."""
