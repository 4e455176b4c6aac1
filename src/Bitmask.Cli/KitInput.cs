using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using Bitmask.Protocol.Keys;

namespace Bitmask.Cli;

/// <summary>Reads the code of a recovery kit: typed, from standard input, or from a file that holds the code or the whole page. Never from the command line.</summary>
internal sealed partial class KitInput
{
    private const int MaxPageOctets = 16 * 1024;

    private readonly Passphrase _typed = new("code", "recovery code");

    private Option<FileInfo?> FromPage { get; } = new("--kit-file") { Description = "Read the recovery code from this file: the kit's page as it was saved." };

    public void AddTo(Command command)
    {
        _typed.AddTo(command);
        command.Options.Add(FromPage);
    }

    /// <summary>The code, and what a page says of the provider's CA.</summary>
    public (string Code, string? CaSha256) Read(ParseResult parsed)
    {
        if (parsed.GetValue(FromPage) is not { } file)
        {
            return (_typed.Read(parsed, isNew: false), null);
        }

        try
        {
            if (file.Exists && file.Length > MaxPageOctets)
            {
                throw new PassphraseException($"The file {file.FullName} is no kit's page: it is too long.");
            }

            return ReadPage(File.ReadAllText(file.FullName, Encoding.UTF8))
                ?? throw new PassphraseException($"The file {file.FullName} holds no recovery code.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PassphraseException($"The file {file.FullName} can not be read: {e.Message}");
        }
    }

    /// <summary>Finds code and CA on a page; null when there is no code.</summary>
    public static (string Code, string? CaSha256)? ReadPage(string page)
    {
        var code = Code().Match(page);
        var ca = Ca().Match(page);
        return code.Success && RecoveryCode.TryParse(code.Groups[1].Value, out var read, out _) && Wipe(read!)
            ? (code.Groups[1].Value, ca.Success ? ca.Groups[1].Value.ToLowerInvariant() : null)
            : null;
    }

    private static bool Wipe(RecoveryCode code)
    {
        code.Dispose();
        return true;
    }

    [GeneratedRegex(@"(?:^|\s)((?:[0-9A-Za-z]{5}[-\s]+){7}[0-9A-Za-z]{5})(?:\s|$)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"CA SHA-256:\s*([0-9A-Fa-f]{64})\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ca();
}
