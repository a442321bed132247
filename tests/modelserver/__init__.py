"""A provider of language models on this machine, for tests: the wire of OpenAI, Anthropic, Ollama.

It keeps to what the providers' references say and is as strict as they are: an unknown path, a
wrong key, an unknown model or a field that does not exist is refused in the provider's own form.
What is said comes from a speaker (`speech.py`); what goes wrong is set per request (`faults.py`);
every request is kept (`log.py`).
"""
