	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movslq	%edi, %rax
	leaq	buf(%rip), %rdx
	addq	%rdx, %rax
	ret
	.size	f, .-f
	.local	buf
	.comm	buf,16,16
	.section	.note.GNU-stack,"",@progbits
