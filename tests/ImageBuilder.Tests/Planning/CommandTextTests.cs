using ImageBuilder.Model;
using ImageBuilder.Planning;

namespace ImageBuilder.Tests.Planning;

public sealed class CommandTextTests
{
    [Theory]
    [InlineData("echo {{ Bare }}", "Bare")]
    [InlineData("echo '{{ Q }}' \"{{ Q }}\" $'\\'{{ Q }}'", "")]
    [InlineData("echo \"a\"{{ Bare }}'{{ Q }}'", "Bare")]
    [InlineData("echo \\'{{ Bare }}\\'", "Bare")]
    [InlineData("echo \"\\\"{{ Q }}\"", "")]
    [InlineData("echo \"$(cat {{ Bare }})\" {{ Bare2 }}", "Bare Bare2")]
    [InlineData("x=$((1 + {{ Bare }})) \"{{ Q }}\"", "Bare")]
    [InlineData("true # it's {{ Q }}\necho {{ Bare }}", "Bare")]
    [InlineData("echo ${#x} $# {{ Bare }}", "Bare")]
    [InlineData("cat <<END\nit's {{ Q }}\nEND\necho {{ Bare }}", "Bare")]
    [InlineData("cat <<-'END' <<TWO | sort\n\t{{ Q }}\n\tEND\n{{ Q }} x {{ Q }}\nTWO\n{{ Bare }}", "Bare")]
    [InlineData("cat <<< {{ Bare }}", "Bare")]
    [InlineData("case $x in a) echo '{{ Q }}' ;; esac; echo {{ Bare }}", "Bare")]
    [InlineData("docker ps --format {{.Names}} {{{ x }}} {{ Bare }}", "Bare")]
    public void Bash_is_read_as_far_as_quotes_go(string text, string expected) => Assert.Equal(expected, Unquoted(Shell.Bash, text));

    [Theory]
    [InlineData("Write-Output {{ Bare }} '{{ Q }}' \"{{ Q }} `\" {{ Q }}\"", "Bare")]
    [InlineData("$x = \"$({{ Bare }})\" # {{ Q }}", "Bare")]
    [InlineData("$x = @'\nit's {{ Q }}\n'@ + {{ Bare }}", "Bare")]
    [InlineData("$x = 'it''s {{ Q }}'", "")]
    public void PowerShell_is_read_as_far_as_quotes_go(string text, string expected) => Assert.Equal(expected, Unquoted(Shell.PowerShell, text));

    [Fact]
    public void A_quote_may_end_in_the_next_text()
    {
        var reader = new CommandText(Shell.Bash);
        Assert.Empty(reader.Unquoted("echo 'begins"));
        Assert.Empty(reader.Unquoted("{{ Q }}'"));
        Assert.Single(reader.Unquoted("{{ Bare }}"));
    }

    private static string Unquoted(Shell shell, string text) =>
        string.Join(' ', new CommandText(shell).Unquoted(text).OfType<Expression.Name>().Select(e => e.Value));
}
