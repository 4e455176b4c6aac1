using Bitmask.Protocol.Bonafide;

namespace Bitmask.Provider.WebApi;

/// <summary>Which logins can be had; the texts are those LEAP's clients show.</summary>
internal static class LoginRules
{
    private const int MaxLength = 64;

    /// <summary>RFC 2142 names, and those that this software or its predecessor speaks as.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "abuse", "admin", "administrator", "domainadmin", "ftp", "hostmaster", "info", "mailer-daemon", "marketing", "news", "nicknym", "noc", "noreply", "postmaster",
        "root", "sales", "security", "support", "usenet", "uucp", "webmaster", "www",
    };

    /// <summary>What is wrong with a login; empty when it can be used.</summary>
    public static string[] Faults(string? login)
    {
        if (login is null or { Length: < 2 })
        {
            return ["Must have at least two characters"];
        }

        var faults = new List<string>();
        if (login.Length > MaxLength)
        {
            faults.Add("Must have at most 64 characters");
        }

        if (!login.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_'))
        {
            faults.Add("Only lowercase letters, digits, . - and _ allowed.");
        }

        if (!char.IsAsciiLetterLower(login[0]))
        {
            faults.Add("Must begin with a lowercase letter");
        }

        if (!char.IsAsciiLetterLower(login[^1]) && !char.IsAsciiDigit(login[^1]))
        {
            faults.Add("Must end with a letter or digit");
        }

        // A mail address can not have two dots in a row (RFC 5322 §3.2.3).
        if (login.Contains("..", StringComparison.Ordinal))
        {
            faults.Add("Must not have two dots in a row");
        }

        if (Reserved.Contains(login))
        {
            faults.Add("is reserved.");
        }

        return [.. faults];
    }

    /// <summary>What is wrong with salt and verifier, by field; empty when a login can be made of them.</summary>
    public static Dictionary<string, string[]> Faults(SignUpFields fields, bool isSealed)
    {
        var faults = new Dictionary<string, string[]>();
        if (!SrpHex.TryDecode(fields.PasswordSalt, out var salt) || (isSealed && salt.Length < 16))
        {
            faults["password_salt"] = ["is invalid"];
        }

        if (!SrpHex.TryDecode(fields.PasswordVerifier, out var verifier) || fields.PasswordVerifier!.Length < 8)
        {
            faults["password_verifier"] = ["is invalid"];
        }

        if (faults.Count == 0 && isSealed)
        {
            CheckSealed(fields, salt!, verifier!, faults);
        }
        else if (faults.Count == 0 && !Try(() => _ = new Protocol.Bonafide.Leap.LeapSrpServer("login", fields.PasswordSalt!, fields.PasswordVerifier!)))
        {
            faults["password_verifier"] = ["is invalid"];
        }

        return faults;
    }

    /// <summary>Whether these can be a salt and a verifier of the hardened login.</summary>
    public static bool IsVerifier(string? saltText, string? verifierText)
        => SrpHex.TryDecode(saltText, out var salt) && salt.Length >= 16 && SrpHex.TryDecode(verifierText, out var verifier) && verifierText!.Length >= 8
            && Try(() => _ = new SrpServer(SrpGroup.Rfc5054_3072, "login", salt, verifier));

    /// <summary>A sealed account's verifier is never registered in a weaker form (security.md A1).</summary>
    private static void CheckSealed(SignUpFields fields, byte[] salt, byte[] verifier, Dictionary<string, string[]> faults)
    {
        if (!Try(() => _ = Protocol.Keys.KdfProfile.Find(fields.KdfProfile)))
        {
            faults["kdf_profile"] = ["is not known"];
        }

        if (fields.KdfSalt is null || !Try(() => Expect(System.Buffers.Text.Base64Url.DecodeFromChars(fields.KdfSalt).Length == Protocol.Keys.KdfProfile.SaltOctets)))
        {
            faults["kdf_salt"] = ["is invalid"];
        }

        if (!Try(() => _ = SrpGroup.Find(fields.SrpGroup)))
        {
            faults["srp_group"] = ["is not known"];
        }
        else if (!Try(() => _ = new SrpServer(SrpGroup.Find(fields.SrpGroup), "login", salt, verifier)))
        {
            faults["password_verifier"] = ["is invalid"];
        }
    }

    private static void Expect(bool condition)
    {
        if (!condition)
        {
            throw new FormatException();
        }
    }

    private static bool Try(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (Exception e) when (e is SrpProtocolException or Protocol.Keys.KeysProtocolException or FormatException)
        {
            return false;
        }
    }
}
