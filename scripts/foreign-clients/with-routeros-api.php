<?php
// What Mikhmon and its kind say to a router, by their class as it comes: PORT is the simulator's, and CLASS the
// file routeros_api.class.php.

[, $port, $class] = $argv;
require $class;

function expect(string $what, mixed $found, mixed $wanted): void
{
    echo "  $what: ", json_encode($found, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    if ($found !== $wanted) {
        fwrite(STDERR, "$what: " . json_encode($wanted) . " expected\n");
        exit(1);
    }
}

$api = new RouterosAPI();
$api->port = (int) $port;
$api->attempts = 1;
expect('log-in', $api->connect('127.0.0.1', 'admin', ''), true);

$profile = [
    'name' => 'P5', 'address-pool' => 'none', 'rate-limit' => '1M/2M', 'shared-users' => '1',
    'status-autorefresh' => '1m', 'on-login' => ':put(",rem,5,1d,,,Enable,");', 'parent-queue' => 'none',
];
expect('add a profile', $api->comm('/ip/hotspot/user/profile/add', $profile), '*2');
// In the code page of Windows, in which Winbox writes.
$note = "vc-123-11.22.26-Pe\xf1a";
$user = [
    'server' => 'all', 'name' => 'vc1', 'password' => 'vc1', 'profile' => 'P5', 'disabled' => 'no',
    'limit-uptime' => '0', 'limit-bytes-total' => '0', 'comment' => $note,
];
$id = $api->comm('/ip/hotspot/user/add', $user);
$rows = $api->comm('/ip/hotspot/user/print', ['?comment' => $note]);
expect('add, print with a query', array_column($rows, 'comment', '.id'), [$id => $note]);
expect('count', $api->comm('/ip/hotspot/user/print', ['count-only' => '']), '2');
expect('print of nothing', $api->comm('/ip/hotspot/user/print', ['?name' => 'nobody']), []);
expect('find', $api->comm('/ip/hotspot/user/find', ['?name' => 'vc1']), $id);
$said = 'failure: already have user with this name for this server';
$refused = $api->comm('/ip/hotspot/user/add', ['name' => 'vc1']);
expect('trap', array_column($refused['!trap'] ?? [], 'message'), [$said]);
expect('set', $api->comm('/ip/hotspot/user/set', ['.id' => $id, 'comment' => 'x']), []);
$script = ['name' => 'sale', 'owner' => 'nov2026', 'source' => 'nov/22/2026', 'comment' => 'mikhmon'];
$api->comm('/system/script/add', $script);
$sales = $api->comm('/system/script/print', ['?owner' => 'nov2026']);
expect('scripts', array_column($sales, 'comment'), ['mikhmon']);
expect('remove', $api->comm('/ip/hotspot/user/remove', ['.id' => $id]), []);
$left = $api->comm('/ip/hotspot/user/print');
expect('what is left', array_column($left, 'name'), ['default-trial']);
$api->disconnect();
