using System.Text;
using System.Text.Json;
using Bitmask.Daemon.Settings;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Tokens;

/// <summary>
/// The mail token in a file, for programs that set themselves up from it: <c>ADDRESS.json</c> with <c>{"mail_auth": TOKEN}</c> in the
/// runtime folder, and, only when the setting says so, where LEAP's client put it below /tmp. Gone when the account is locked.
/// </summary>
internal sealed class TokenFiles(DaemonPaths paths, DaemonSettings settings, string legacyFolder = TokenFiles.LegacyFolder)
{
    public const string LegacyFolder = "/tmp/bitmask_tokens";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes the file or files; answers why the legacy one could not be written, or null.</summary>
    public string? Write(EmailAddress account, string token)
    {
        var content = Encoding.UTF8.GetBytes($"{{\"mail_auth\": {JsonSerializer.Serialize(token, DaemonJson.Default.String)}}}\n");
        DurableFile.CreateDirectory0700(paths.TokenFiles);
        DurableFile.WriteAllBytes(PathIn(paths.TokenFiles, account), content);
        if (!settings.LegacyTokenFile)
        {
            return null;
        }

        try
        {
            if (LegacyFault() is { } fault)
            {
                return fault;
            }

            DurableFile.WriteAllBytes(PathIn(legacyFolder, account), content);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return $"{legacyFolder} can not be used: {refused.Message}";
        }
    }

    public void Remove(EmailAddress account)
    {
        Delete(PathIn(paths.TokenFiles, account));
        if (settings.LegacyTokenFile && Directory.Exists(legacyFolder) && LegacyFault() is null)
        {
            Delete(PathIn(legacyFolder, account));
        }
    }

    /// <summary>/tmp belongs to everybody: the folder must be a real folder, ours, and closed to others, or nothing is written.</summary>
    private string? LegacyFault()
    {
        var folder = new DirectoryInfo(legacyFolder);
        if (folder.LinkTarget is not null)
        {
            return $"{legacyFolder} is a link; no token was written there.";
        }

        Directory.CreateDirectory(legacyFolder, OwnerOnly);
        if (UnixFile.OwnerOf(legacyFolder) != UnixProcess.EffectiveUserId)
        {
            return $"{legacyFolder} belongs to another user; no token was written there.";
        }

        File.SetUnixFileMode(legacyFolder, OwnerOnly);
        return null;
    }

    private static string PathIn(string folder, EmailAddress account) => Path.Combine(folder, account.Canonical.Replace('/', '_') + ".json");

    private static void Delete(string path)
    {
        if (File.Exists(path))
        {
            DurableFile.Shred(path);
        }
    }
}
