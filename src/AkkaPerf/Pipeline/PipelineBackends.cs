using System.ComponentModel.DataAnnotations;
using AkkaPerf.Backends;

namespace AkkaPerf.Pipeline;

/// <summary>The public door to a pipeline's directory of backends.</summary>
internal sealed class PipelineBackends : IPipelineBackends
{
    private readonly BackendDirectory _directory;

    public PipelineBackends(BackendDirectory directory) => _directory = directory;

    public BackendSet Current => _directory.Current;

    public void Add(BackendOptions backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(backend, new ValidationContext(backend), faults, validateAllProperties: true))
        {
            throw new ArgumentException(string.Join(" ", faults.Select(fault => fault.ErrorMessage)), nameof(backend));
        }

        _directory.Add(backend);
    }

    public bool Remove(string id) => _directory.Remove(id);

    public bool Drain(string id) => _directory.Drain(id, draining: true);

    public bool Resume(string id) => _directory.Drain(id, draining: false);

    public bool SetWeight(string id, int weight) => _directory.SetWeight(id, weight);
}
