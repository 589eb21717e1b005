chomp(my $task = <STDIN>);
chomp(my $text = <STDIN>);
if ($task eq 'send') {
    printf '%05b', ord($_) - 97 for split //, $text;
} else {
    print chr(97 + oct "0b$_") for reverse($text) =~ /.{5}/g;
}
print "\n";
