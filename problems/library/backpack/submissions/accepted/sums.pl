my ($n, $capacity) = split ' ', <STDIN>;
my @weights = split ' ', <STDIN>;
# The things of one way to each sum.
my %ways = (0 => '');
for my $thing (1 .. $n) {
    my $weight = $weights[$thing - 1];
    for my $sum (sort { $b <=> $a } keys %ways) {
        my $more = $sum + $weight;
        $ways{$more} //= "$ways{$sum} $thing" if $more <= $capacity;
    }
}
my ($best) = sort { $b <=> $a } keys %ways;
print substr($ways{$best}, 1), "\n";
