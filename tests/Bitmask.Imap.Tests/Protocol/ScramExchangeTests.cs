using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Primitives;

namespace Bitmask.Imap.Tests.Protocol;

public class ScramExchangeTests
{
    private const string First = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string Last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    [Fact]
    public void Exchange_OfRfc7677Section3_GoesAsPrintedThere()
    {
        var exchange = Begin(First)!;
        Assert.Equal("user", exchange.User);
        Assert.Equal(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            Encoding.ASCII.GetString(exchange.Challenge(Credentials("other", "pencil", "third"), ServerNonce)));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Encoding.ASCII.GetString(exchange.Judge(Encoding.ASCII.GetBytes(Last))!));
    }

    [Theory]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]   // another proof
    [InlineData("c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]   // another header than was sent
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]   // the server's nonce is missing
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7An")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=!")]
    [InlineData(",p=")]
    [InlineData("")]
    public void Last_ThatIsNotRight_IsRefused(string last)
    {
        var exchange = Begin(First)!;
        exchange.Challenge(Credentials("pencil"), ServerNonce);
        Assert.Null(exchange.Judge(Encoding.ASCII.GetBytes(last)));
    }

    [Fact]
    public void Last_WhereNobodyHasAPassword_IsRefused()
    {
        var exchange = Begin(First)!;
        exchange.Challenge(Credentials(), ServerNonce);
        Assert.Null(exchange.Judge(Encoding.ASCII.GetBytes(Last)));
    }

    [Theory]
    [InlineData("y,,n=user,r=x", "user")]
    [InlineData("n,a=user,n=user,r=x,ext=1", "user")]
    [InlineData("n,,n=a=2Cb=3Dc,r=x", "a,b=c")]
    [InlineData("n,,n=Gr\u00fc\u00dfe,r=x", "Gr\u00fc\u00dfe")]
    [InlineData("n,a=bob,n=user,r=x", null)]        // acting for somebody else
    [InlineData("p=tls-unique,,n=user,r=x", null)]  // channel binding
    [InlineData("n,,m=ext,n=user,r=x", null)]       // an extension that must be understood
    [InlineData("n,,n=a=b,r=x", null)]
    [InlineData("n,,n=a=,r=x", null)]
    [InlineData("n,,n=,r=x", null)]
    [InlineData("n,,n=user,r=", null)]
    [InlineData("n,,n=user", null)]
    [InlineData("n,,r=x,n=user", null)]
    [InlineData("n,,n=us\u0000er,r=x", null)]
    [InlineData("", null)]
    public void First_IsReadAsRfc5802Says(string message, string? user) => Assert.Equal(user, Begin(message)?.User);

    private static ScramExchange? Begin(string message) => ScramExchange.Begin(Encoding.UTF8.GetBytes(message));

    private static ScramCredentials Credentials(params string[] passwords)
    {
        var salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        return new ScramCredentials(salt, 4096, [.. passwords.Select(Verifier)], new ImapLogin.Rejected());

        ScramVerifier Verifier(string password)
        {
            using var secret = new SecretBytes(Encoding.ASCII.GetBytes(password));
            return ScramVerifier.Of(secret, salt, 4096);
        }
    }
}
