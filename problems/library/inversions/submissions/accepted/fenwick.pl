my $n = <STDIN>;
my @times = split ' ', <STDIN>;
my %rank;
my $different = 0;
$rank{$_} //= ++$different for sort { $a <=> $b } @times;
my @tree = (0) x ($different + 1);
my ($count, $before) = (0, 0);
for my $time (@times) {
    my $rank = $rank{$time};
    $count += $before++;
    for (my $at = $rank; $at > 0; $at -= $at & -$at) {
        $count -= $tree[$at];
    }
    for (my $at = $rank; $at <= $different; $at += $at & -$at) {
        $tree[$at]++;
    }
}
print "$count\n";
