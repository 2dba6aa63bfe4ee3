namespace AkkaPerf.Http.Proxying;

/// <summary>Takes the fields of a request for a backend: a message, or a head as it goes over the wire.</summary>
internal interface IFieldTarget
{
    void Add(string name, string value);
}
