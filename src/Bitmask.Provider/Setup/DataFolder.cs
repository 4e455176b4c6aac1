namespace Bitmask.Provider.Setup;

/// <summary>Where the files of a provider lie.</summary>
internal sealed class DataFolder(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Settings => In(SettingsFile.Name);

    /// <summary>Accounts, documents, incoming mail, queue: everything that is not a key of the provider.</summary>
    public string Database => In("provider.db");

    /// <summary>Blobs, a folder per account.</summary>
    public string Blobs => In("blobs");

    /// <summary>Certificate of the authority that signs our host names; published as <c>/ca.crt</c>.</summary>
    public string ServerCaCertificate => In("ca/server-ca.crt");

    public string ServerCaKey => In("ca/server-ca.key");

    /// <summary>Certificate of the authority that signs our users' submission certificates; never published.</summary>
    public string ClientCaCertificate => In("ca/client-ca.crt");

    public string ClientCaKey => In("ca/client-ca.key");

    public string ServerCertificate => In("tls/server.crt");

    public string ServerKey => In("tls/server.key");

    /// <summary>Key of the salts that unknown logins are answered with; losing it would show which logins exist.</summary>
    public string FakeSaltKey => In("keys/fake-salt.key");

    public IReadOnlyList<string> Folders => [Path, In("ca"), In("tls"), In("keys")];

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
