// lookup.js NAME: likewise, by the resolver that node has of its own (c-ares).
'use strict';
const dns = require('dns');
const net = require('net');

dns.setServers(['127.0.0.1']);
dns.resolve4(process.argv[2], (failure, [address] = []) => {
    if (failure)
        throw failure;
    const server = net.createServer(() => {}).listen(0, address, () => connect(2));
    function connect(left) {
        if (left === 0)
            return end('passed');
        const client = net.connect(server.address().port, address, () => connect(left - 1));
        client.on('error', (error) => {
            if (error.code !== 'ETIMEDOUT')
                throw error;
            end('held');
        });
    }
    function end(verdict) {
        console.log(verdict);
        process.exit(0);
    }
});
