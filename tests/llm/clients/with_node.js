const http = require(process.env.BASE_URL.startsWith('https') ? 'https' : 'http')

const body = JSON.stringify({
    model: 'mock', max_tokens: Number(process.env.MAX_TOKENS),
    messages: [{ role: 'user', content: 'x'.repeat(Number(process.env.BYTES)) }],
})
const options = { method: 'POST', headers: { 'Content-Type': 'application/json' } }
http.request(process.env.BASE_URL + '/v1/chat/completions', options, answer => {
    answer.resume().on('end', () => console.log(answer.statusCode))
}).end(body)
