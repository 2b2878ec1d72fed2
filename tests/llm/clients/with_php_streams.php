<?php
$body = ['model' => 'mock', 'max_tokens' => (int) getenv('MAX_TOKENS'),
    'messages' => [['role' => 'user', 'content' => str_repeat('x', (int) getenv('BYTES'))]]];
$context = stream_context_create(['ssl' => ['cafile' => getenv('CA')],
    'http' => ['method' => 'POST', 'header' => 'Content-Type: application/json',
        'content' => json_encode($body)]]);
$answer = file_get_contents(getenv('BASE_URL') . '/v1/chat/completions', false, $context);
json_decode($answer, false, 512, JSON_THROW_ON_ERROR);
echo explode(' ', $http_response_header[0])[1], "\n";
