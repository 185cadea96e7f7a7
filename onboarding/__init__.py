"""Link, the face a business's finance person meets."""
