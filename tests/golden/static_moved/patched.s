	.file	"x.c"
	.text
	.type	f.part.0, @function
f.part.0:
	movl	n.3(%rip), %eax
	addl	$1, %eax
	movl	%eax, n.3(%rip)
	ret
	.size	f.part.0, .-f.part.0
	.globl	f
	.type	f, @function
f:
	testl	%edi, %edi
	je	f.part.0
	ret
	.size	f, .-f
	.local	n.3
	.comm	n.3,4,4
	.section	.note.GNU-stack,"",@progbits
