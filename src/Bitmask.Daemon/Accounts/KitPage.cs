using System.Globalization;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>The page of a recovery kit (security.md B7): what one needs to get at the account again, to be printed and put away.</summary>
internal static class KitPage
{
    public static RecoveryKit Write(EmailAddress address, RecoveryCode code, Keyset keyset, DateTimeOffset now)
    {
        var groups = code.Reveal().Split('-');
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            RECOVERY KIT

            Address:      {address.Address}
            Provider:     {address.Domain}
            CA SHA-256:   {keyset.CaSha256}
            OpenPGP key:  {keyset.OwnKeyFingerprint ?? "none"}
            Serial:       {keyset.Serial}
            Made:         {now:yyyy-MM-dd}

            Code:         {string.Join('-', groups.Take(4))}-
                          {string.Join('-', groups.Skip(4))}

            Whoever has this page has the account. Keep it on paper, away from the computer.
            With it and no passphrase:  bitmaskctl user recover {address.Address}
            To see whether it works:    bitmaskctl user test-kit {address.Address}
            A newer kit ends this one at the provider. A copy of the provider's data from before
            stays open to it until a device is removed or the keys are renewed.

            """);
        return new RecoveryKit(address.Address, keyset.Serial, page.ToString());
    }
}
