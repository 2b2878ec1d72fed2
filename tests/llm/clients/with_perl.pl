use strict;
use warnings;

BEGIN { eval { require LWP::UserAgent; require LWP::Protocol::https; 1 } or exit 77 }

my $agent = LWP::UserAgent->new(ssl_opts => { SSL_ca_file => $ENV{CA} });
my $prompt = 'x' x $ENV{BYTES};
my $answer = $agent->post("$ENV{BASE_URL}/v1/chat/completions",
    'Content-Type' => 'application/json',
    Content => "{\"model\": \"mock\", \"max_tokens\": $ENV{MAX_TOKENS}, "
        . "\"messages\": [{\"role\": \"user\", \"content\": \"$prompt\"}]}");
print $answer->code, "\n";
