using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Setup;

/// <summary>
/// Makes a provider in a data folder: settings, two authorities, keys. Running it again with the same options adds what is
/// missing; nothing that exists is ever replaced.
/// </summary>
internal static class ProviderInit
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    /// <summary>Makes the provider; answers what was made, one line each, empty when all was there.</summary>
    /// <exception cref="ProviderException">The options are faulty, or the folder holds another provider.</exception>
    public static IReadOnlyList<string> Run(ProviderSettings settings, TimeProvider clock)
    {
        SettingsFile.Check(settings, "The command line");
        var folder = new DataFolder(settings.DataFolder);
        var made = new List<string>();
        if (File.Exists(folder.Settings))
        {
            var existing = SettingsFile.Read(settings.DataFolder);
            if (SettingsFile.Differences(existing, settings) is { Count: > 0 } different)
            {
                throw new ProviderException($"{folder.Path} already holds the provider of {existing.Domain}; its settings differ in {string.Join(", ", different)}. Nothing was changed: edit {folder.Settings}, or choose another folder.");
            }
        }
        else if (Directory.Exists(folder.Path) && Directory.EnumerateFileSystemEntries(folder.Path).Any() && !Resumable(folder))
        {
            throw new ProviderException($"{folder.Path} is not empty and holds no provider. Choose an empty folder.");
        }

        try
        {
            MakeFolders(settings, folder);
            MakeAuthority(folder.ServerCaCertificate, folder.ServerCaKey, $"{settings.Domain} Root CA", clock, made);
            MakeAuthority(folder.ClientCaCertificate, folder.ClientCaKey, $"{settings.Domain} Root CA (client certificates only!)", clock, made);
            if (!File.Exists(folder.ServerCertificate))
            {
                IssueServerCertificate(settings, folder, clock);
                made.Add($"server certificate for {string.Join(", ", settings.HostNames)}");
            }

            if (!File.Exists(folder.FakeSaltKey))
            {
                DurableFile.WriteAllBytes(folder.FakeSaltKey, RandomNumberGenerator.GetBytes(32));
                made.Add("key for unknown logins");
            }

            // Last: a folder with settings is a whole provider; without, the next init resumes.
            if (!File.Exists(folder.Settings))
            {
                DurableFile.WriteAllBytes(folder.Settings, System.Text.Encoding.UTF8.GetBytes(SettingsFile.Render(settings)));
                made.Add($"settings {folder.Settings}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException($"The provider could not be made in {folder.Path}: {e.Message} Check owner and free space, then run init again: it goes on where it stopped.", e);
        }

        return made;
    }

    /// <summary>The certificate of our own host names with its key, renewed when it ends soon.</summary>
    public static X509Certificate2 LoadServerCertificate(ProviderSettings settings, TimeProvider clock)
    {
        var folder = new DataFolder(settings.DataFolder);
        try
        {
            var certificate = LoadPair(folder.ServerCertificate, folder.ServerKey);
            if (certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime > RenewBefore)
            {
                return certificate;
            }

            certificate.Dispose();
        }
        catch (ProviderException)
        {
            // Key and certificate are two files: a renewal that was cut short between them leaves a pair that does not match. Both are ours to make.
        }

        IssueServerCertificate(settings, folder, clock);
        return LoadPair(folder.ServerCertificate, folder.ServerKey);
    }

    /// <exception cref="ProviderException">A file is missing or damaged.</exception>
    public static X509Certificate2 LoadPair(string certificatePath, string keyPath)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ProviderException($"The certificate {certificatePath} or its key {keyPath} can not be read: {e.Message} Put both back, or correct the settings.", e);
        }
    }

    /// <summary>Only what an interrupted init leaves behind.</summary>
    private static bool Resumable(DataFolder folder)
        => Directory.EnumerateFileSystemEntries(folder.Path).All(entry => folder.Folders.Contains(entry));

    private static void MakeFolders(ProviderSettings settings, DataFolder folder)
    {
        foreach (var path in folder.Folders)
        {
            DurableFile.CreateDirectory0700(path);
        }

        DurableFile.CreateDirectory0700(settings.QueueKeysFolder);
    }

    private static void MakeAuthority(string certificatePath, string keyPath, string name, TimeProvider clock, List<string> made)
    {
        if (File.Exists(certificatePath))
        {
            CertificateAuthority.Load(certificatePath, keyPath).Dispose();
            return;
        }

        using var authority = CertificateAuthority.Create(name, clock);
        DurableFile.WriteAllBytes(keyPath, System.Text.Encoding.ASCII.GetBytes(authority.KeyPem()));
        DurableFile.WriteAllBytes(certificatePath, System.Text.Encoding.ASCII.GetBytes(authority.CertificatePem()));
        made.Add($"authority \"{name}\"");
    }

    private static void IssueServerCertificate(ProviderSettings settings, DataFolder folder, TimeProvider clock)
    {
        using var authority = CertificateAuthority.Load(folder.ServerCaCertificate, folder.ServerCaKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.IssueServer(key, settings.HostNames, clock);
        DurableFile.WriteAllBytes(folder.ServerKey, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        DurableFile.WriteAllBytes(folder.ServerCertificate, System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n" + authority.CertificatePem()));
    }
}
