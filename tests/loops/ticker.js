// ticker.js CONNECTIONS FILE SINK SOURCE - the same as ticker.py, in node.
'use strict'
const assert = require('assert')
const net = require('net')

const EACH = 10, IN_TIME = 5 // ms
const [connections, sink, source] = [2, 4, 5].map(i => Number(process.argv[i]))
const data = require('fs').readFileSync(process.argv[3])

let ticks = 0, inTime = 0, due = performance.now() + EACH, timer

function tick() {
    ticks++
    if (performance.now() - due < IN_TIME)
        inTime++
    due += EACH
    timer = setTimeout(tick, Math.max(due - performance.now(), 0))
}

function connect(port) {
    return net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
}

function upload() {
    return new Promise((done, failed) => connect(sink).on('close', done).on('error', failed)
        .on('data', () => failed(new Error('the sink says something'))).end(data))
}

function download() {
    return new Promise((done, failed) => {
        const got = [], socket = connect(source)
        socket.on('data', bytes => got.push(bytes)).on('error', failed).on('end', () => {
            assert(data.equals(Buffer.concat(got)))
            socket.end()
        }).on('close', done)
    })
}

function idle() {
    const socket = connect(sink)
    return new Promise(done => setTimeout(done, 1000)).then(() => socket.destroy())
}

timer = setTimeout(tick, EACH)
const carried = []
for (let i = 0; i < connections; i++)
    carried.push(upload(), download())
Promise.all(carried.length ? carried : [idle()]).then(() => {
    clearTimeout(timer)
    console.log(`ticks=${ticks} in_time=${inTime}`)
})
