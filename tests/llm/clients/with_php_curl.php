<?php
if (!extension_loaded('curl')) {
    exit(77);
}
$body = ['model' => 'mock', 'max_tokens' => (int) getenv('MAX_TOKENS'),
    'messages' => [['role' => 'user', 'content' => str_repeat('x', (int) getenv('BYTES'))]]];
$curl = curl_init(getenv('BASE_URL') . '/v1/chat/completions');
curl_setopt_array($curl, [CURLOPT_POSTFIELDS => json_encode($body), CURLOPT_RETURNTRANSFER => true,
    CURLOPT_CAINFO => getenv('CA'), CURLOPT_HTTPHEADER => ['Content-Type: application/json']]);
json_decode(curl_exec($curl), false, 512, JSON_THROW_ON_ERROR);
echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), "\n";
