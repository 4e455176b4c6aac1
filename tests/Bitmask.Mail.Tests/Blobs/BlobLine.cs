using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Testing;

namespace Bitmask.Mail.Tests.Blobs;

/// <summary>A device's way to the shelf of blobs.</summary>
internal sealed class BlobLine : IDisposable
{
    private readonly HttpClient _http;

    public BlobLine(MailHome home, BlobShelf shelf)
    {
        _http = new HttpClient(shelf, disposeHandler: false);
        Client = new BlobClient(_http, new Uri("https://soledad.red.test/"), UserId.Parse(new string('a', 32)), _ => Task.FromResult("token"));
        Transfer = new BlobTransfer(home.Blobs, Client);
        Collector = new BlobCollector(home.Store, home.Blobs, Client, home.Clock);
    }

    public BlobClient Client { get; }

    public BlobTransfer Transfer { get; }

    public BlobCollector Collector { get; }

    public void Dispose()
    {
        Transfer.Dispose();
        _http.Dispose();
    }
}
