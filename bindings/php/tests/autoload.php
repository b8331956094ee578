<?php

// What Composer's autoloader is to an application.

declare(strict_types=1);

foreach (glob(__DIR__ . '/../src/*.php') as $file) {
    require_once $file;
}
