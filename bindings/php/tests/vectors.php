<?php

// Every vector of the project: vectors.php [PART]. Without a part it starts one process for each, and adds them up.
// WOTNOT_CONFORMANCE is the player, WOTNOT_VECTORS the folder, WOTNOT_TEST_THREADS the library made of threads.c.

declare(strict_types=1);

use Wotnot\Client;
use Wotnot\Library;
use Wotnot\WotnotException;

require $_SERVER['WOTNOT_AUTOLOAD'] ?? __DIR__ . '/autoload.php';

const PARTS = 4;

/** The process that plays the service and judges. */
final class Player
{
    /** @var array<int, resource> */
    private array $pipes = [];

    /** @var resource the process, which ends with its input */
    private $process;

    public function __construct()
    {
        $command = [getenv('WOTNOT_CONFORMANCE'), getenv('WOTNOT_VECTORS')];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], STDERR], $this->pipes) ?: exit("the player does not start\n");
    }

    public function ask(array $question): stdClass
    {
        fwrite($this->pipes[0], json_encode($question, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION) . "\n");
        $answer = json_decode(fgets($this->pipes[1]), false, 1024, JSON_THROW_ON_ERROR);
        return isset($answer->error) ? exit("$answer->error\n") : $answer;
    }
}

/** One vector, with the calls that were begun and not ended. */
final class Run
{
    private ?Client $client = null;

    /** @var array<string, FFI\CData> */
    private array $begun = [];

    public function __construct(private readonly Player $player, private readonly FFI $threads)
    {
    }

    /** Null when it passed, else why not. */
    public function play(string $name): ?string
    {
        $turn = $this->player->ask(['open' => $name]);
        while (isset($turn->do)) {
            try {
                $result = ['ok' => true, 'value' => $this->perform($turn)];
                show($turn, $this->client);
            } catch (WotnotException $error) {
                show($turn, $error);
                $result = ['ok' => false, 'error' => document($error)];
            } catch (Begun $begun) {
                $result = $begun->envelope;
            }
            $turn = $this->player->ask(['result' => $result]);
        }
        $this->client?->close();
        foreach ($this->begun as $call) {
            $this->end($call);
        }
        return $turn->passed ? null : $turn->why;
    }

    private function perform(stdClass $turn): mixed
    {
        switch ($turn->do) {
            case 'new':
                $this->client = new Client(json_encode($turn->config));
                return null;
            case 'call':
                return $this->client->call($turn->method, $turn->params);
            case 'begin':
                $id = (new ReflectionProperty(Client::class, 'id'))->getValue($this->client);
                $this->begun[$turn->name] = $this->threads->begin_call($id, $turn->method, json_encode($turn->params));
                return null;
            case 'end':
                $call = $this->begun[$turn->name];
                unset($this->begun[$turn->name]);
                throw new Begun($this->end($call));
            case 'receive':
                return $this->client->call('receive', ['timeout_ms' => $turn->timeout_ms]);
            case 'interrupt':
                $this->client->interrupt();
                return null;
            case 'close':
                $this->client->close();
                return null;
        }
        exit("the player asks for $turn->do\n");
    }

    private function end(FFI\CData $call): stdClass
    {
        $text = $this->threads->end_call($call);
        $envelope = json_decode(FFI::string($text), false, 1024, JSON_THROW_ON_ERROR);
        $this->threads->wotnot_string_free($text);
        return $envelope;
    }
}

/** A call of threads.c gives the envelope itself. */
final class Begun extends Exception
{
    public function __construct(public readonly stdClass $envelope)
    {
        parent::__construct();
    }
}

function document(WotnotException $error): array
{
    return [
        'code' => $error->errorCode,
        'status' => $error->getCode(),
        'message' => $error->reason,
        'retryable' => $error->retryable,
        'delivery' => $error->delivery,
        'http_status' => $error->httpStatus,
        'api_code' => $error->apiCode,
        'attempts' => $error->attempts,
        'method' => $error->method,
        'retry_after_ms' => $error->retryAfterMs,
    ] + ($error->reply === null ? [] : ['reply' => $error->reply]);
}

/** Prints what a program that prints everything would, when WOTNOT_SHOW asks for it. Never an event. */
function show(stdClass $turn, Client|WotnotException|null $value): void
{
    $control = getenv('WOTNOT_SHOW');
    if ($control === false || ($turn->do !== 'new' && !$value instanceof WotnotException)) {
        return;
    }
    echo "shown $control\n";
    print_r($value);
    var_dump($value);
    if ($value instanceof WotnotException) {
        echo $value, "\n", $value->getTraceAsString(), "\n";
        error_log("app: $value");
    }
}

function part(int $part): int
{
    $player = new Player();
    $threads = FFI::cdef(
        'void *begin_call(uint64_t client, const char *method, const char *params); char *end_call(void *call);'
            . 'void wotnot_string_free(char *string);',
        getenv('WOTNOT_TEST_THREADS'),
    );
    $failed = 0;
    foreach ($player->ask(['list' => true])->names as $number => $name) {
        if ($number % PARTS !== $part) {
            continue;
        }
        $why = (new Run($player, $threads))->play($name);
        if ($why !== null) {
            $failed++;
            echo "FAILED $name: $why\n";
        }
    }
    gc_collect_cycles();
    if (Library::leaks() !== [0, 0]) {
        echo 'strings and clients were left behind: ', implode(' and ', Library::leaks()), "\n";
        exit(255);
    }
    return $failed;
}

/** Each part is a process whose exit code counts its failures. */
function parts(): int
{
    $control = getenv('WOTNOT_SHOW');
    if ($control !== false) {
        echo "logged $control\n";
    }
    $count = count((new Player())->ask(['list' => true])->names);
    $processes = [];
    foreach (range(0, PARTS - 1) as $part) {
        $processes[] = proc_open([PHP_BINARY, __FILE__, "$part"], [], $pipes);
    }
    $failed = 0;
    foreach ($processes as $process) {
        $code = proc_close($process);
        if ($code < 0 || $code > $count / PARTS + 1) {
            exit("a part of the vectors ended with $code\n");
        }
        $failed += $code;
    }
    printf("vectors in PHP: %d passed, %d failed\n", $count - $failed, $failed);
    return $failed === 0 ? 0 : 1;
}

exit(isset($argv[1]) ? part((int) $argv[1]) : parts());
