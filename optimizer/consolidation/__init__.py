"""Which commune points to join into halls, and what pooled queues gain."""
