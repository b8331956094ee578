#!/usr/bin/perl
# A chat in the terminal, in Perl by FFI::Platypus: one line is one answer. Settings come from WOTNOT_TOKEN,
# WOTNOT_BOT_KEY, WOTNOT_BASE_URL, WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway).
use strict;
use warnings;

use FFI::Platypus 2.00;
use JSON::PP;

my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{WOTNOT_LIBRARY} || 'libwotnot.so.1');
$ffi->attach([wotnot_client_new => 'open_client'] => ['string', 'uint64*', 'opaque*'] => 'sint32');
$ffi->attach([wotnot_call => 'call_client'] => ['uint64', 'string', 'string', 'opaque*'] => 'sint32');
$ffi->attach([wotnot_client_close => 'close_client'] => ['uint64'] => 'sint32');
$ffi->attach([wotnot_string_free => 'free_string'] => ['opaque'] => 'void');

# UTF-8 in and out, as the library has it. Numbers keep their digits.
my $json = JSON::PP->new->utf8->allow_bignum;

# The value of a document of the library's, which gets its string back. What fails dies with the error: a hash with
# code, message, delivery and the rest.
sub value {
    my ($pointer) = @_;
    my $document = $json->decode($ffi->cast('opaque' => 'string', $pointer));
    free_string($pointer);
    return $document->{value} if $document->{ok};
    die $document->{error};
}

value(do {
    my $config = {
        token    => $ENV{WOTNOT_TOKEN},
        bot_key  => $ENV{WOTNOT_BOT_KEY},
        base_url => $ENV{WOTNOT_BASE_URL},
        webhook  => { token => $ENV{WOTNOT_WEBHOOK_TOKEN}, listen => $ENV{WOTNOT_LISTEN} },
    };
    open_client($ENV{WOTNOT_CONFIG} || $json->encode($config), \my $id, \my $out);
    $main::client = $id;
    $out;
});

sub call {
    my ($method, $params) = @_;
    call_client($main::client, $method, $json->encode($params), \my $out);
    return value($out);
}

# The next event of a conversation, or nothing when none comes for ten seconds.
sub event {
    my ($chat) = @_;
    my $event = eval { call(receive => { conversation_id => $chat, timeout_ms => 10_000 }) };
    die $@ if !$event && $@->{code} ne 'timeout';
    return $event;
}

# Reads lines until the bot takes one.
sub answer {
    my ($chat, $prompt) = @_;
    while (defined(my $line = <STDIN>)) {
        chomp $line;
        my $value = $prompt->{kind} eq 'slider' ? $line + 0 : $line;
        my $message = eval { call(answer => { prompt => $prompt, value => $value }) };
        return call(send_message => { conversation_id => $chat, message => $message }) if $message;
        die $@ if $@->{code} ne 'invalid_argument';
        print "$@->{message}\n";    # what the bot asks for; nothing was sent
    }
    return;
}

binmode $_, ':encoding(UTF-8)' for \*STDIN, \*STDOUT;
$| = 1;
chomp(my $first = <STDIN> // 'Hello');
my $message = { type => 'text', data => { body => $first } };
my $chat = call(open_conversation => { visitor_id => 'perl-example', message => $message })->{conversation}{id};
while (my $event = event($chat)) {
    print "$event->{by}: $event->{text}\n" if ($event->{by} // 'visitor') ne 'visitor';
    answer($chat, $event->{prompt}) if $event->{prompt};
    last if $event->{closed};
}
close_client($main::client);
