import asyncio
import os
import ssl
import sys

try:
    import aiohttp
except ImportError:
    sys.exit(77)


async def main():
    body = {"model": "mock", "max_tokens": int(os.environ["MAX_TOKENS"]),
            "messages": [{"role": "user", "content": "x" * int(os.environ["BYTES"])}]}
    trusted = ssl.create_default_context(cafile=os.environ["CA"])
    async with aiohttp.ClientSession() as session:
        async with session.post(os.environ["BASE_URL"] + "/v1/chat/completions", json=body,
                                ssl=trusted) as answer:
            await answer.json()
            print(answer.status)


asyncio.run(main())
