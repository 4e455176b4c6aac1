using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Keys.Discovery;

/// <summary>Where a domain publishes the key of an address (draft-koch-openpgp-webkey-service §3.1).</summary>
internal static class WebKeyDirectory
{
    /// <summary>The hash by which the local part is named: SHA-1 of it in ASCII lower case.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "It is a name that the draft prescribes, not a proof.")]
    public static string HashOf(EmailAddress address)
        => ZBase32.Encode(SHA1.HashData(Encoding.UTF8.GetBytes(MappedLocalPart(address))));

    /// <summary>The local part with the letters A to Z made small; others stay, for only the domain knows what they mean.</summary>
    public static string MappedLocalPart(EmailAddress address)
        => string.Create(address.LocalPart.Length, address.LocalPart, static (mapped, local) =>
        {
            for (var i = 0; i < local.Length; i++)
            {
                mapped[i] = char.IsAsciiLetterUpper(local[i]) ? (char)(local[i] | 0x20) : local[i];
            }
        });

    /// <summary>The advanced method: a host of its own.</summary>
    public static Uri Advanced(EmailAddress address)
        => new($"https://openpgpkey.{Domain(address)}/.well-known/openpgpkey/{Domain(address)}/hu/{HashOf(address)}?l={Uri.EscapeDataString(address.LocalPart)}");

    /// <summary>The direct method: the domain itself. Only when the host of the advanced one does not exist.</summary>
    public static Uri Direct(EmailAddress address)
        => new($"https://{Domain(address)}/.well-known/openpgpkey/hu/{HashOf(address)}?l={Uri.EscapeDataString(address.LocalPart)}");

    /// <summary>The policy file of a domain; that it is there says that the domain has a directory.</summary>
    public static Uri Policy(EmailAddress address, bool isAdvanced) => isAdvanced
        ? new($"https://openpgpkey.{Domain(address)}/.well-known/openpgpkey/{Domain(address)}/policy")
        : new($"https://{Domain(address)}/.well-known/openpgpkey/policy");

    private static string Domain(EmailAddress address) => address.Domain.ToLowerInvariant();
}
