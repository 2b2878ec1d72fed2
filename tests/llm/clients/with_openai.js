let OpenAI
try {
    OpenAI = require('openai').OpenAI
} catch {
    process.exit(77)
}
new OpenAI({ apiKey: 'none', baseURL: process.env.BASE_URL + '/v1', maxRetries: 0 })
    .chat.completions.create({
        model: 'mock', max_tokens: Number(process.env.MAX_TOKENS),
        messages: [{ role: 'user', content: 'x'.repeat(Number(process.env.BYTES)) }],
    }).withResponse().then(answer => console.log(answer.response.status))
