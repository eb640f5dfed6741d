<?php
// A hold as a shop without a framework would write it: one transaction that locks the product's
// row, checks the stock, takes the units and records the hold.
declare(strict_types=1);

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body);
    exit;
}

$request = json_decode(file_get_contents('php://input'), true);
$qty = $request['qty'] ?? 0;
if (!is_int($qty) || $qty < 1) {
    answer(422, ['code' => 'validation_failed']);
}
$db = new PDO('mysql:unix_socket=' . $_SERVER['DATABASE_SOCKET'] . ';dbname=shop', 'root', '', [
    PDO::ATTR_PERSISTENT => true,
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);
$db->beginTransaction();
$select = $db->prepare('SELECT available, price FROM product WHERE product_id = ? FOR UPDATE');
$select->execute([$request['product_id'] ?? 0]);
$product = $select->fetch(PDO::FETCH_ASSOC);
if ($product === false || $product['available'] < $qty) {
    $db->rollBack();
    answer($product === false ? 404 : 409, ['code' => 'insufficient_stock']);
}
$hold = bin2hex(random_bytes(16));
$expires = time() + 120;
$db->prepare('UPDATE product SET available = available - ? WHERE product_id = ?')
    ->execute([$qty, $request['product_id']]);
$db->prepare('INSERT INTO hold (hold_id, product_id, qty, unit_price, expires_at)
              VALUES (?, ?, ?, ?, FROM_UNIXTIME(?))')
    ->execute([hex2bin($hold), $request['product_id'], $qty, $product['price'], $expires]);
$db->commit();
answer(201, ['hold_id' => $hold, 'qty' => $qty, 'unit_price' => $product['price'],
    'expires_at' => gmdate('c', $expires)]);
