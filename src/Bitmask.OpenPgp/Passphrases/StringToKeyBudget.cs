namespace Bitmask.OpenPgp.Passphrases;

/// <summary>
/// What turning passphrases into keys may cost for one message or key: whoever wrote it chose the price, and may have written many such
/// packets. The standard's dearest recommendation (2 GiB, RFC 9106 §4) is paid twice.
/// </summary>
internal sealed class StringToKeyBudget
{
    private readonly long _maxKibiBytes;
    private long _kibiBytePasses;
    private long _hashedOctets;

    /// <param name="maxKibiBytes">Most memory at a time; default 2 GiB.</param>
    /// <param name="kibiBytePasses">Most memory times passes, of all together; default 4 GiB.</param>
    /// <param name="hashedOctets">Most octets that are hashed, of all together; default 1 GiB.</param>
    public StringToKeyBudget(long maxKibiBytes = 2 * 1024 * 1024, long kibiBytePasses = 4 * 1024 * 1024, long hashedOctets = 1024 * 1024 * 1024)
    {
        (_maxKibiBytes, _kibiBytePasses, _hashedOctets) = (maxKibiBytes, kibiBytePasses, hashedOctets);
    }

    public void SpendMemory(long kibiBytes, int passes)
    {
        _kibiBytePasses -= kibiBytes * passes;
        if (kibiBytes > _maxKibiBytes || _kibiBytePasses < 0)
        {
            throw new OpenPgpFormatException("Turning the passphrase into a key would take more memory and time than the limits allow.");
        }
    }

    public void SpendHashing(long octets)
    {
        _hashedOctets -= octets;
        if (_hashedOctets < 0)
        {
            throw new OpenPgpFormatException("Turning the passphrase into a key would take more time than the limits allow.");
        }
    }
}
