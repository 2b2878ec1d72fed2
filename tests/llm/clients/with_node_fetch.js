if (!globalThis.fetch)
    process.exit(77)
fetch(process.env.BASE_URL + '/v1/chat/completions', {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
        model: 'mock', max_tokens: Number(process.env.MAX_TOKENS),
        messages: [{ role: 'user', content: 'x'.repeat(Number(process.env.BYTES)) }],
    }),
}).then(async answer => {
    await answer.json()
    console.log(answer.status)
})
