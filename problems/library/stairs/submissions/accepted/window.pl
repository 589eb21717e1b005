use integer;
my $mod = 1_000_000_007;
my ($n, $k) = split ' ', <STDIN>;
my @ways = (1);
my $window = 0;
for my $step (1 .. $n) {
    $window += $ways[$step - 1];
    $window -= $ways[$step - 1 - $k] if $step > $k;
    $window += $mod if $window < 0;
    $window -= $mod if $window >= $mod;
    push @ways, $window;
}
print "$ways[$n]\n";
