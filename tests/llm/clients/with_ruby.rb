require 'json'
require 'net/http'

url = URI(ENV['BASE_URL'] + '/v1/chat/completions')
body = { model: 'mock', max_tokens: ENV['MAX_TOKENS'].to_i,
         messages: [{ role: 'user', content: 'x' * ENV['BYTES'].to_i }] }
http = Net::HTTP.new(url.host, url.port)
http.use_ssl = url.scheme == 'https'
http.ca_file = ENV['CA']
answer = http.post(url.path, JSON.generate(body), 'Content-Type' => 'application/json')
JSON.parse(answer.body)
puts answer.code
