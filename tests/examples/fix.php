<?php
/*
 * Finds what is wrong with a domain, shows what would be changed, changes it and puts it
 * back, as a WHMCS module would. RD_URL is https://SERVER:2087/cgi/relaydoctor/admin.cgi,
 * RD_USER and RD_TOKEN a WHM login and its API token; RD_CA a certificate to trust, where
 * WHM has its own.
 */
declare(strict_types=1);

function call(string $name, ?array $body = null): array
{
	$c = curl_init(getenv('RD_URL') . "?api=v1/$name");
	curl_setopt_array($c, [
		CURLOPT_RETURNTRANSFER => true,
		CURLOPT_TIMEOUT => 70,
		CURLOPT_HTTPHEADER => [
			'Authorization: whm ' . getenv('RD_USER') . ':' . getenv('RD_TOKEN'),
			'Content-Type: application/json',
		],
	]);
	if (getenv('RD_CA'))
		curl_setopt($c, CURLOPT_CAINFO, getenv('RD_CA'));
	if ($body !== null)
		curl_setopt($c, CURLOPT_POSTFIELDS, json_encode($body));
	$text = curl_exec($c);
	if ($text === false)
		throw new RuntimeException(curl_error($c));
	curl_close($c);
	$reply = json_decode($text, true);
	if (($reply['metadata']['result'] ?? 0) !== 1)
		throw new RuntimeException(($reply['code'] ?? 'panel') . ': ' . ($reply['detail'] ?? $text));
	return $reply['data'];
}

$finding = $argv[1];
$word = $argv[2] ?? '';
try {
	echo call('findings&severity=critical&limit=50')['matching'], "\n";
	$plan = call('plan', ['finding' => $finding]);
	// The same key with the same body is never done twice: safe to send again.
	$change = call('apply', ['finding' => $finding, 'digest' => $plan['digest'],
		'typed' => $word, 'idempotency_key' => bin2hex(random_bytes(16))]);
	echo 'changed: ', $change['id'], "\n";
	echo call('undo', ['id' => $change['id'],
		'idempotency_key' => bin2hex(random_bytes(16))])['state'], "\n";
} catch (RuntimeException $e) {
	fwrite(STDERR, $e->getMessage() . "\n");
	exit(1);
}
