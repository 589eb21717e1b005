my ($inner, $outer) = split ' ', <STDIN>;
printf "%.9f\n", atan2(0, -1) * ($outer - $inner) * ($outer + $inner);
