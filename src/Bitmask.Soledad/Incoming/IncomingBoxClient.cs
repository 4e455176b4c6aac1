using System.Globalization;
using System.Net;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;

namespace Bitmask.Soledad;

/// <summary>
/// The account's incoming box at the provider (security.md A8): mail that arrived, encrypted by the provider to the owner's key.
/// Nothing in it is authenticated; it is removed only after all that came out of it is at the provider as documents (security.md A7).
/// </summary>
/// <param name="http">A client whose handler trusts the provider's CA and nothing else; borrowed.</param>
/// <param name="soledad">Base address of the provider's Soledad.</param>
/// <param name="user">The account.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="clock">For the limit on a line that stands still.</param>
public sealed class IncomingBoxClient(HttpClient http, Uri soledad, UserId user, Func<CancellationToken, Task<string>> token, TimeProvider? clock = null)
{
    /// <summary>Largest item that is fetched, in octets.</summary>
    public const int MaxItemOctets = 256 * 1024 * 1024;

    private const int MaxListOctets = 4 * 1024 * 1024;
    private readonly SoledadHttp _http = new(http, soledad, user, token, clock);
    private readonly string _path = $"incoming/{user.Value}/";

    /// <summary>Lists what waits behind a place in the box, oldest first.</summary>
    /// <param name="after">The last <see cref="IncomingItemInfo.Seq"/> already known; 0 for all.</param>
    /// <param name="limit">Most items wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SoledadException">The provider can not be reached, refuses, or answers nonsense.</exception>
    public async Task<IReadOnlyList<IncomingItemInfo>> ListAsync(long after = 0, int limit = 100, CancellationToken cancellationToken = default)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{_path}?after={after}&limit={limit}");
        var body = await _http.FetchAsync(HttpMethod.Get, path, null, MaxListOctets, cancellationToken).ConfigureAwait(false);
        var items = SoledadHttp.Parse(body, SoledadJson.Default.ListIncomingItemInfo);
        foreach (var item in items)
        {
            if (item is null || !IsItemId(item.Id) || item.Seq <= after)
            {
                throw SoledadHttp.Broken("The provider's list of incoming mail makes no sense.");
            }

            after = item.Seq;
        }

        return items;
    }

    /// <summary>Fetches one item: the OpenPGP message in it; null when it is not there (any more).</summary>
    /// <exception cref="SoledadException">The provider can not be reached or refuses; or it sent no incoming item (<see cref="SoledadCodes.BrokenAnswer"/>).</exception>
    public async Task<byte[]?> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(HttpMethod.Get, PathOf(id), null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }

        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        var stored = await SoledadHttp.ReadAsync(response, MaxItemOctets, cancellationToken).ConfigureAwait(false);
        try
        {
            var blob = IncomingBlob.Parse(stored);
            return blob.Preamble.Id != id ? throw SoledadHttp.Broken($"The provider sent another item than {id}.")
                : blob.Preamble.Size is { } size && size != (ulong)blob.Message.Length ? throw SoledadHttp.Broken($"The provider sent a part of item {id} as if it were all.")
                : blob.Message.ToArray();
        }
        catch (SoledadProtocolException e)
        {
            throw SoledadHttp.Broken($"Incoming item {id} is malformed: {e.Message}", e);
        }
    }

    /// <summary>Removes one item; nothing when it is gone already.</summary>
    /// <exception cref="SoledadException">The provider can not be reached or refuses.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(HttpMethod.Delete, PathOf(id), null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Gone))
        {
            await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    // Ids come from the provider and become part of a path: nothing but plain characters.
    private static bool IsItemId(string id) => id is { Length: > 0 and <= 128 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private string PathOf(string id) => IsItemId(id) ? _path + id : throw new ArgumentException("Not the id of an incoming item.", nameof(id));
}
