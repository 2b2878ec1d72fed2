let Anthropic
try {
    Anthropic = require('@anthropic-ai/sdk').Anthropic
} catch {
    process.exit(77)
}
new Anthropic({ apiKey: 'none', baseURL: process.env.BASE_URL, maxRetries: 0 })
    .messages.create({
        model: 'mock', max_tokens: Number(process.env.MAX_TOKENS),
        messages: [{ role: 'user', content: 'x'.repeat(Number(process.env.BYTES)) }],
    }).withResponse().then(answer => console.log(answer.response.status))
