using System.Security.Cryptography;
using System.Text;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Tokens;

/// <summary>The token of the HTTP door: random at every start, in a file that only the owner can read.</summary>
internal static class AuthToken
{
    public static string Write(string path)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        DurableFile.WriteAllBytes(path, Encoding.ASCII.GetBytes(token + "\n"));
        return token;
    }
}
