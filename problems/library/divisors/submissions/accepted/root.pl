use integer;
my $n = <STDIN>;
my ($sum, $root) = (0, 0);
while (($root + 1) * ($root + 1) <= $n) {
    $root++;
    $sum += $n / $root;
}
print 2 * $sum - $root * $root, "\n";
