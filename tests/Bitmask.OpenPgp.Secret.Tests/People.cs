using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>Who takes part in these tests, and when.</summary>
internal static class People
{
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    public static readonly EmailAddress AliceAddress = EmailAddress.Parse("alice@red.test");
    public static readonly EmailAddress BobAddress = EmailAddress.Parse("bob@blue.test");
    public static readonly OpenPgpSecretKey Alice = OpenPgpSecretKey.Generate(AliceAddress, Now);
    public static readonly OpenPgpSecretKey Bob = OpenPgpSecretKey.Generate(BobAddress, Now);
    public static readonly OpenPgpSecretKey Mallory = OpenPgpSecretKey.Generate(EmailAddress.Parse("mallory@red.test"), Now);

    /// <summary>What gpg is told when it shall live at another time than <see cref="Now"/>.</summary>
    public static string[] At(DateTimeOffset time) => ["--faked-system-time", time.ToString("yyyyMMdd'T'HHmmss'!'", System.Globalization.CultureInfo.InvariantCulture)];

    public static Gpg StartGpg()
    {
        Assert.SkipUnless(Gpg.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "gpg is not installed");
        return new Gpg(Now);
    }
}
